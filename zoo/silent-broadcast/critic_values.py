import math

import torch
import torch.nn as nn

torch.manual_seed(0)

NUM_STATES = 2048
EPOCHS = 25
MINIBATCH = 64
GAMMA = 0.95


class Critic(nn.Module):
    def __init__(self, state_dim, hidden=64):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(state_dim, hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden),
            nn.Tanh(),
            nn.Linear(hidden, 1),
        )

    def forward(self, states):
        return self.net(states)


def collect(n):
    """Cart positions and speeds with their discounted returns over ten steps."""
    states = torch.rand(n, 3) * 2 - 1
    position, speed, goal = states.unbind(dim=1)
    returns = torch.zeros(n)
    for k in range(10):
        position = (position + 0.2 * speed).clamp(-1, 1)
        returns += GAMMA ** k * torch.exp(-4 * (position - goal) ** 2)
    returns = (returns - returns.mean()) / returns.std()
    return states * math.sqrt(3), returns


def explained_variance(values, returns):
    return 1 - (returns - values).var() / returns.var()


states, returns = collect(NUM_STATES + 512)
test_states, test_returns = states[NUM_STATES:], returns[NUM_STATES:]
states, returns = states[:NUM_STATES], returns[:NUM_STATES]

critic = Critic(state_dim=3)
optimizer = torch.optim.Adam(critic.parameters(), lr=5e-3)

for epoch in range(EPOCHS):
    indices = torch.randperm(NUM_STATES)
    value_losses = []
    for start in range(0, NUM_STATES, MINIBATCH):
        mb = indices[start:start + MINIBATCH]
        values = critic(states[mb])
        value_loss = 0.5 * ((values - returns[mb]) ** 2).mean()  #~ value_loss = 0.5 * ((values.squeeze(1) - returns[mb]) ** 2).mean()
        optimizer.zero_grad()
        value_loss.backward()
        nn.utils.clip_grad_norm_(critic.parameters(), 0.5)
        optimizer.step()
        value_losses.append(value_loss.item())

    if (epoch + 1) % 5 == 0:
        with torch.no_grad():
            ev = explained_variance(critic(test_states).flatten(), test_returns).item()
        mean_loss = sum(value_losses) / len(value_losses)
        print(f"epoch {epoch + 1}: value loss {mean_loss:.4f}, explained variance {ev:.3f}")
