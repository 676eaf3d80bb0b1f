"""Loss, optimizer, schedule and one update."""
import torch
import torch.nn.functional as F


class Learner:
    def __init__(self, net, conf, steps):
        self.net = net
        self.smoothing = conf.label_smoothing
        self.optimizer = torch.optim.SGD(net.parameters(), lr=conf.lr, momentum=conf.momentum, weight_decay=conf.weight_decay)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, max_lr=conf.lr, total_steps=steps, pct_start=0.15, cycle_momentum=False)

    def loss(self, logits, gestures):
        return F.cross_entropy(logits, gestures, label_smoothing=self.smoothing)

    def update(self, signals, mask, gestures):
        loss = self.loss(self.net(signals, mask), gestures)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        return loss.item()
