import torch
from torch import nn
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)


class WideAndDeep(nn.Module):
    def __init__(self, wide, deep):
        super().__init__()
        self.wide = wide
        self.deep = deep

    def forward(self, x):
        return self.wide(x) + self.deep(x)


X, y = load_diabetes(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y.reshape(-1, 1), test_size=0.25, random_state=1)
sx, sy = StandardScaler().fit(X_train), StandardScaler().fit(y_train)
X_train, X_val = (torch.tensor(sx.transform(a), dtype=torch.float32) for a in (X_train, X_val))
y_train, y_val = (torch.tensor(sy.transform(a), dtype=torch.float32) for a in (y_train, y_val))

model = WideAndDeep(
    wide=nn.Linear(10, 1),
    deep=nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 1)),
)
opt_wide = torch.optim.SGD(model.wide.parameters(), lr=0.02)
opt_deep = torch.optim.AdamW(model.deep.parameters(), lr=2e-3, weight_decay=0.1)
criterion = nn.MSELoss()

for epoch in range(40):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(X_train)).split(32):
        loss = criterion(model(X_train[idx]), y_train[idx])
        opt_wide.zero_grad()
        opt_deep.zero_grad()
        loss.backward()
        opt_wide.step()
        opt_deep.step()
        total += loss.item() * len(idx)
    if epoch % 5 == 4:
        model.eval()
        with torch.no_grad():
            val = criterion(model(X_val), y_val).item()
        r2 = 1 - val / y_val.var(unbiased=False).item()
        print(f"epoch {epoch + 1:2d}: train mse {total / len(X_train):.4f} val mse {val:.4f} val R2 {r2:.4f}")
