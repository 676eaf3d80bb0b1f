import torch
from torch import nn
from torch.distributions import Categorical


class Bandit:
    def __init__(self, probs):
        self.probs = torch.tensor(probs)

    def pull(self, arms):
        return torch.bernoulli(self.probs[arms])


class Policy(nn.Module):
    def __init__(self, n_arms):
        super().__init__()
        self.preference = nn.Parameter(torch.zeros(n_arms))

    def forward(self):
        return Categorical(logits=self.preference)


def main():
    torch.manual_seed(3)
    env = Bandit([0.3, 0.5, 0.9, 0.6, 0.7])
    policy = Policy(5)
    optimizer = torch.optim.Adam(policy.parameters(), lr=0.05)
    baseline = 0.0
    history = []
    for episode in range(400):
        dist = policy()
        arms = dist.sample((32,))
        reward = env.pull(arms)
        advantage = reward - baseline
        loss = -(dist.log_prob(arms) * advantage).mean()

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        baseline = 0.9 * baseline + 0.1 * reward.mean().item()
        history.append(reward.mean().item())
        if episode % 50 == 0:
            print(f"episode {episode:4d} loss {loss.item():+.4f} reward {sum(history[-20:]) / len(history[-20:]):.3f}")

    print("reward of the last 20:", sum(history[-20:]) / 20)
    print("policy:", [round(p, 3) for p in policy().probs.tolist()])


if __name__ == "__main__":
    main()
