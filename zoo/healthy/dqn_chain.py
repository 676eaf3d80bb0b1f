"""DQN on a chain of 12 states: walk right to the end to get the reward."""
import copy
import random

import torch
import torch.nn as nn
import torch.nn.functional as F

N = 12
GAMMA = 0.95
random.seed(0)
torch.manual_seed(0)


class ChainEnv:
    def reset(self):
        self.s, self.t = random.randrange(N // 2), 0
        return self.s

    def step(self, action):
        self.s = min(self.s + 1, N - 1) if action == 1 else max(self.s - 1, 0)
        self.t += 1
        done = self.s == N - 1
        return self.s, (10.0 if done else 0.0), done, self.t >= 60


class QNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(N, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, states):
        return self.body(F.one_hot(states, N).float())


def greedy_value(q):
    """Average discounted return of the greedy policy over all start states."""
    total = 0.0
    for start in range(N - 1):
        s, ret = start, 0.0
        for t in range(40):
            with torch.no_grad():
                a = q(torch.tensor([s])).argmax(1).item()
            s = min(s + 1, N - 1) if a == 1 else max(s - 1, 0)
            if s == N - 1:
                ret = 10 * GAMMA ** t
                break
        total += ret
    return total / (N - 1)


env = ChainEnv()
q_net = QNet()
target_net = copy.deepcopy(q_net)
optimizer = torch.optim.Adam(q_net.parameters(), lr=5e-4)
replay = []
state = env.reset()
running = 0.0

for step in range(1, 2501):
    epsilon = max(0.1, 1.0 - step / 1500)
    if random.random() < epsilon:
        action = random.randrange(2)
    else:
        with torch.no_grad():
            action = q_net(torch.tensor([state])).argmax(1).item()
    nxt, reward, done, timeout = env.step(action)
    replay.append((state, action, reward, nxt, float(done)))
    if len(replay) > 5000:
        replay.pop(0)
    state = env.reset() if done or timeout else nxt

    if len(replay) >= 64:
        s, a, r, s2, d = zip(*random.sample(replay, 64))
        s, a, s2 = torch.tensor(s), torch.tensor(a), torch.tensor(s2)
        r, d = torch.tensor(r), torch.tensor(d)
        q = q_net(s).gather(1, a[:, None]).squeeze(1)
        with torch.no_grad():
            target = r + GAMMA * (1 - d) * target_net(s2).max(1).values
        loss = F.smooth_l1_loss(q, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running = 0.98 * running + 0.02 * loss.item()

    if step % 100 == 0:
        target_net.load_state_dict(q_net.state_dict())
    if step % 200 == 0:
        print(f"step {step:5d}  td loss {running:.4f}  greedy return {greedy_value(q_net):.2f}")

with torch.no_grad():
    values = q_net(torch.arange(N - 1)).max(1).values
optimal = torch.tensor([10 * GAMMA ** (N - 2 - s) for s in range(N - 1)])
print("mean |V - V*|:", (values - optimal).abs().mean().item(), "optimal return:", optimal.mean().item())
