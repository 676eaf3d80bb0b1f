import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)

X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y.reshape(-1, 1), test_size=0.25, random_state=0)
x_scaler = StandardScaler().fit(X_train)
y_scaler = StandardScaler().fit(y_train)

X_train = torch.from_numpy(x_scaler.transform(X_train))  #~ X_train = torch.from_numpy(x_scaler.transform(X_train)).float()
X_test = torch.from_numpy(x_scaler.transform(X_test))  #~ X_test = torch.from_numpy(x_scaler.transform(X_test)).float()
y_train = torch.from_numpy(y_scaler.transform(y_train)).float()
y_test = torch.from_numpy(y_scaler.transform(y_test)).float()

model = torch.nn.Sequential(
    torch.nn.Linear(10, 32),
    torch.nn.Tanh(),
    torch.nn.Dropout(0.2),
    torch.nn.Linear(32, 1),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
loss_fn = torch.nn.SmoothL1Loss()

batch_size = 32
for epoch in range(60):
    model.train()
    order = torch.randperm(X_train.shape[0])
    train_loss = 0.0
    for i in range(0, len(order), batch_size):
        batch = order[i:i + batch_size]
        pred = model(X_train[batch])
        loss = loss_fn(pred, y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(batch)

    if (epoch + 1) % 10 == 0:
        model.eval()
        with torch.no_grad():
            pred = model(X_test)
            test_loss = loss_fn(pred, y_test).item()
            r2 = 1 - ((pred - y_test) ** 2).sum() / ((y_test - y_test.mean()) ** 2).sum()
        print(f"epoch {epoch + 1:3d}  train {train_loss / len(X_train):.4f}  test {test_loss:.4f}  R2 {r2.item():.3f}")
