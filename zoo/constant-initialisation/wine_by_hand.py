import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_wine

rng = np.random.default_rng(3)
torch.manual_seed(3)

wine = load_wine()
order = rng.permutation(len(wine.target))
train, test = order[:130], order[130:]
mu, sd = wine.data[train].mean(axis=0), wine.data[train].std(axis=0)
X_train = torch.tensor((wine.data[train] - mu) / sd, dtype=torch.float32)
X_test = torch.tensor((wine.data[test] - mu) / sd, dtype=torch.float32)
y_train = torch.tensor(wine.target[train])
y_test = torch.tensor(wine.target[test])


def weight(n_in, n_out):
    return torch.zeros(n_in, n_out).requires_grad_()  #~ return torch.randn(n_in, n_out).div(n_in**0.5).requires_grad_()


n_hidden = 24
W1, b1 = weight(13, n_hidden), torch.zeros(n_hidden, requires_grad=True)
W2, b2 = weight(n_hidden, n_hidden), torch.zeros(n_hidden, requires_grad=True)
W3, b3 = weight(n_hidden, 3), torch.zeros(3, requires_grad=True)
params = [W1, b1, W2, b2, W3, b3]


def net(x):
    h = torch.tanh(x @ W1 + b1)
    h = torch.tanh(h @ W2 + b2)
    return h @ W3 + b3


opt = torch.optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=1e-3)
sched = torch.optim.lr_scheduler.StepLR(opt, step_size=150, gamma=0.3)

for step in range(400):
    logits = net(X_train)
    loss = F.cross_entropy(logits, y_train)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 40 == 0 or step == 399:
        with torch.no_grad():
            test_logits = net(X_test)
            test_loss = F.cross_entropy(test_logits, y_test)
            acc = (test_logits.argmax(1) == y_test).float().mean()
        print(f"step {step:3d}  loss {loss.item():.4f}  test loss {test_loss.item():.4f}  test acc {acc.item():.3f}")
