class Gathered:
    """Takes a step of the optimizer after every `parts` losses, as if they had been one."""

    def __init__(self, optimizer, parts):
        self.optimizer = optimizer
        self.parts = parts
        self.waiting = 0
        self.done = 0

    def add(self, loss):
        (loss / self.parts).backward()
        self.waiting += 1
        if self.waiting == self.parts:
            self.apply()

    def apply(self):
        self.optimizer.step()  #~ self.optimizer.step(); self.optimizer.zero_grad()
        self.waiting = 0
        self.done += 1
