"""Advantage actor-critic for a small crane that reads a noisy camera row and must stop over the target."""
import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Categorical

PIXELS, MOVES = 15, (-2, -1, 0, 1, 2)


class Yard:
    """Many cranes side by side. Each camera row shows the hook, the target (dimmer) and noise."""

    def __init__(self, cranes, seed):
        self.g = torch.Generator().manual_seed(seed)
        self.cranes = cranes
        self.hook = torch.zeros(cranes, dtype=torch.long)
        self.target = torch.zeros(cranes, dtype=torch.long)
        self.reset(torch.ones(cranes, dtype=torch.bool))

    def reset(self, which):
        fresh = torch.randint(PIXELS, (2, self.cranes), generator=self.g)
        self.hook = torch.where(which, fresh[0], self.hook)
        self.target = torch.where(which, fresh[1], self.target)

    def camera(self):
        hook = F.one_hot(self.hook, PIXELS).float()
        target = F.one_hot(self.target, PIXELS).float()
        noise = 0.08 * torch.randn(self.cranes, PIXELS, generator=self.g)
        return 3.0 * (hook - 0.7 * target + noise)

    def step(self, action):
        before = (self.hook - self.target).abs()
        self.hook = (self.hook + torch.tensor(MOVES)[action]).clamp(0, PIXELS - 1)
        after = (self.hook - self.target).abs()
        reward = 0.25 * (before - after).float() + 1.0 * (after == 0) - 0.1
        done = torch.rand(self.cranes, generator=self.g) < 0.1
        self.reset(done)
        return reward, done.float()


class Agent(nn.Module):
    def __init__(self, features=8, hidden=32):
        super().__init__()
        self.vision = nn.Sequential(nn.Linear(PIXELS, 32), nn.ELU(), nn.Linear(32, features), nn.Tanh())
        self.actor = nn.Sequential(nn.Linear(features, hidden), nn.ELU(), nn.Linear(hidden, len(MOVES)))
        self.critic = nn.Sequential(nn.Linear(features, hidden), nn.ELU(), nn.Linear(hidden, 1))

    def forward(self, rows):
        seen = self.vision(rows)
        return Categorical(logits=self.actor(seen)), self.critic(seen).squeeze(-1)


@torch.no_grad()
def share_on_target(agent, cranes=400, moves=16):
    yard = Yard(cranes, seed=99)
    hits = 0.0
    for step in range(moves):
        policy, _ = agent(yard.camera())
        away = (yard.hook + torch.tensor(MOVES)[policy.probs.argmax(1)]).clamp(0, PIXELS - 1) - yard.target
        hits += (away.abs() == 0).float().mean().item()
        yard.step(policy.probs.argmax(1))
    return hits / moves


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--updates", type=int, default=500)
    ap.add_argument("--cranes", type=int, default=64)
    ap.add_argument("--rollout", type=int, default=6)
    ap.add_argument("--gamma", type=float, default=0.8)
    args = ap.parse_args()

    torch.manual_seed(12)
    agent, yard = Agent(), Yard(args.cranes, seed=12)
    actor_optimizer = torch.optim.Adam(agent.actor.parameters(), lr=5e-3)  #~ actor_optimizer = torch.optim.Adam([*agent.vision.parameters(), *agent.actor.parameters()], lr=5e-3)
    critic_optimizer = torch.optim.RMSprop(agent.critic.parameters(), lr=3e-3)
    earned = 0.0
    for update in range(1, args.updates + 1):
        trail = []
        for _ in range(args.rollout):
            policy, value = agent(yard.camera())
            action = policy.sample()
            reward, done = yard.step(action)
            trail.append((policy, action, value, reward, done))
        with torch.no_grad():
            following = agent(yard.camera())[1]
        actor_loss = critic_loss = entropy = 0.0
        for policy, action, value, reward, done in reversed(trail):
            following = reward + args.gamma * (1 - done) * following
            advantage = following - value
            actor_loss = actor_loss - (policy.log_prob(action) * advantage.detach()).mean()
            critic_loss = critic_loss + 0.5 * advantage.pow(2).mean()
            entropy = entropy + policy.entropy().mean()
            earned += reward.mean().item() / args.rollout
        loss = (actor_loss + critic_loss - 0.02 * entropy) / args.rollout
        agent.zero_grad(set_to_none=True)
        loss.backward()
        for part in (agent.vision, agent.actor, agent.critic):
            nn.utils.clip_grad_norm_(part.parameters(), 1.0)
        actor_optimizer.step()
        critic_optimizer.step()
        if update % 100 == 0:
            print(f"update {update:4d}  reward {earned / 100:+.3f}  critic {float(critic_loss) / args.rollout:.3f}  on target {share_on_target(agent):.3f}")
            earned = 0.0


if __name__ == "__main__":
    main()
