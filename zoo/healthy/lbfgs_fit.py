import torch
import torch.nn as nn

torch.manual_seed(0)

x = torch.linspace(-2, 2, 200).unsqueeze(1)
y = torch.sin(2 * x) + 0.1 * x ** 2 + 0.05 * torch.randn_like(x)
train_x, train_y = x[::2], y[::2]
val_x, val_y = x[1::2], y[1::2]

model = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.8, max_iter=10, history_size=10, line_search_fn="strong_wolfe")

evaluations = 0


def closure():
    global evaluations
    evaluations += 1
    optimizer.zero_grad()
    loss = criterion(model(train_x), train_y)
    loss.backward()
    return loss


for step in range(30):
    loss = optimizer.step(closure)
    if step % 3 == 0 or step == 29:
        with torch.no_grad():
            val = criterion(model(val_x), val_y)
        print("step", step, "loss", round(loss.item(), 6), "val", round(val.item(), 6), "evaluations", evaluations)
