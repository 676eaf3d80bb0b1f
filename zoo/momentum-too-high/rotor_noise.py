# Compress the spectrum of a rotor's hum into a few numbers and draw it again.
# Plain tensors for the parameters and for the heavy ball; the gradients come from autograd.
import math

import torch
import torch.nn.functional as F

torch.manual_seed(61)

BINS, CODE, BATCH, STEPS = 96, 5, 64, 800
STEP_SIZE = 0.03
INERTIA = 0.999  #~ INERTIA = 0.9


def rotor_spectra(n, generator):
    """Log magnitudes of a harmonic hum whose pitch, brightness and noise floor differ from machine to machine."""
    pitch = 7 + 6 * torch.rand(n, 1, generator=generator)
    tilt = 0.1 + 0.25 * torch.rand(n, 1, generator=generator)
    floor = -4 + 1.5 * torch.rand(n, 1, generator=generator)
    t = torch.arange(2 * BINS, dtype=torch.float32)
    wave = sum(torch.exp(-tilt * k) * torch.sin(2 * math.pi * k * pitch * t / (2 * BINS) + k) for k in range(1, 7))
    wave = wave + floor.exp() * torch.randn(n, 2 * BINS, generator=generator)
    spectrum = torch.fft.rfft(wave * torch.hann_window(2 * BINS))[:, 1:BINS + 1].abs()
    return torch.log(spectrum + 0.05)


g = torch.Generator().manual_seed(9)
train, test = rotor_spectra(2500, g), rotor_spectra(500, g)
centre, spread = train.mean(0), train.std()
train, test = (train - centre) / spread, (test - centre) / spread

sizes = [BINS, 64, CODE, 64, BINS]
weights, biases = [], []
for fan_in, fan_out in zip(sizes, sizes[1:]):
    weights.append((torch.randn(fan_out, fan_in) / math.sqrt(fan_in)).requires_grad_())
    biases.append(torch.zeros(fan_out, requires_grad=True))
theta = weights + biases
velocity = [torch.zeros_like(p) for p in theta]


def redraw(x):
    for depth, (w, b) in enumerate(zip(weights, biases)):
        x = F.linear(x, w, b)
        if depth in (0, 2):
            x = F.softplus(x) - math.log(2)
    return x


def unexplained(x):
    with torch.no_grad():
        return ((redraw(x) - x).pow(2).mean() / x.pow(2).mean()).item()


print(f"spectra {tuple(train.shape)}, before training {unexplained(test):.3f} of the variance is missed")
smooth = None
for step in range(1, STEPS + 1):
    batch = train[torch.randint(len(train), (BATCH,))]
    noisy = batch + 0.1 * torch.randn_like(batch)
    loss = (redraw(noisy) - batch).pow(2).mean()
    for p in theta:
        p.grad = None
    loss.backward()
    with torch.no_grad():
        for p, v in zip(theta, velocity):
            v.mul_(INERTIA).add_(p.grad)
            p.sub_(STEP_SIZE * v)
    smooth = loss.item() if smooth is None else 0.95 * smooth + 0.05 * loss.item()
    if step % 200 == 0:
        print(f"{step:4d}  loss {smooth:.4f}  missed on new machines {unexplained(test):.4f}")
