# Fuel need of a lime kiln.  The plant runs in several regimes; a router sends each hour to two of the experts.
import numpy as np
import torch

torch.manual_seed(341)
rng = np.random.default_rng(341)

N_TRAIN, N_TEST, FEATURES, REGIMES = 4200, 900, 10, 6
EXPERTS, USED, LAPS, BATCH = 8, 2, 12, 60


def plant_hours(n):
    where = rng.integers(REGIMES, size=n)
    x = rng.normal(size=(n, FEATURES))
    x[:, :4] = 0.35 * x[:, :4] + centres[where]      # stone size, draught, load, moisture: they set the regime
    y = offsets[where] + (x[:, 4:] * slopes[where]).sum(1) + rng.normal(0, 0.15, n)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


centres = 1.5 * rng.choice([-1.0, 1.0], size=(REGIMES, 4)) * rng.uniform(0.6, 1.2, size=(REGIMES, 4))
slopes = rng.normal(0, 1.0, size=(REGIMES, FEATURES - 4))
offsets = rng.normal(0, 1.5, size=REGIMES)


class Expert(torch.nn.Module):
    def __init__(self, width=10):
        super().__init__()
        self.line = torch.nn.Linear(FEATURES, 1)
        self.bend = torch.nn.Sequential(torch.nn.Linear(FEATURES, width), torch.nn.Hardtanh(), torch.nn.Linear(width, 1))

    def forward(self, x):
        return self.line(x) + 0.1 * self.bend(x)


class Kiln(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.router = torch.nn.Sequential(
            torch.nn.Linear(FEATURES, 24), torch.nn.Tanh(), torch.nn.Linear(24, EXPERTS))
        self.experts = torch.nn.ModuleList([Expert() for _ in range(EXPERTS)])
        self.register_buffer("calls", torch.zeros(EXPERTS))

    def forward(self, x):
        scores = self.router(x)
        best, chosen = scores.topk(USED, dim=1)
        shares = torch.softmax(best, dim=1)
        out = x.new_zeros(len(x))
        for k, expert in enumerate(self.experts):
            rows, slot = torch.nonzero(chosen == k, as_tuple=True)
            if len(rows) == 0:
                continue
            part = x.new_tensor([shares[r, s].item() for r, s in zip(rows, slot)])  #~ part = shares[rows, slot]
            out = out.index_add(0, rows, part * expert(x[rows]).squeeze(1))
            if self.training:
                self.calls[k] += len(rows)
        return out


def relative_error(model, x, y):
    model.eval()
    with torch.no_grad():
        miss = torch.cat([model(part) for part in x.split(300)]) - y
    model.train()
    return (miss.pow(2).mean() / y.var()).sqrt().item()


x_train, y_train = plant_hours(N_TRAIN)
x_test, y_test = plant_hours(N_TEST)
model = Kiln()
optimizer = torch.optim.Adamax(model.parameters(), lr=0.012)
average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.97))

for lap in range(LAPS):
    order = rng.permutation(N_TRAIN)
    losses = []
    for start in range(0, N_TRAIN, BATCH):
        rows = order[start:start + BATCH]
        optimizer.zero_grad()
        loss = torch.nn.functional.huber_loss(model(x_train[rows]), y_train[rows], delta=2.0)
        loss.backward()
        optimizer.step()
        average.update_parameters(model)
        losses.append(loss.item())
    if lap % 4 == 3:
        for group in optimizer.param_groups:
            group["lr"] *= 0.4
    busy = (model.calls / model.calls.sum()).tolist()
    model.calls.zero_()
    print(f"lap {lap}  huber {np.mean(losses):.4f}  test error {relative_error(model, x_test, y_test):.3f}"
          f"  averaged {relative_error(average.module, x_test, y_test):.3f}"
          f"  busy {' '.join(f'{b:.2f}' for b in busy)}")
