"""Denoising autoencoder for the 8x8 digits with a code of twelve numbers."""
import torch
import torch.nn as nn
from sklearn.datasets import load_digits


class ConvAutoencoder(nn.Module):
    def __init__(self, code_size=12):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
            nn.Flatten(), nn.Linear(32 * 4, code_size),
        )
        self.decoder = nn.Sequential(
            nn.Linear(code_size, 32 * 4), nn.ReLU(), nn.Unflatten(1, (32, 2, 2)),
            nn.ConvTranspose2d(32, 16, 2, stride=2), nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 2, stride=2),
        )
        self.last_code = None

    def forward(self, x):
        code = self.encoder(x)
        self.last_code = code.detach()
        return self.decoder(self.last_code)  #~ return self.decoder(code)


class DenoisingTask:
    def __init__(self, noise=0.2, batch_size=50, seed=0):
        torch.manual_seed(seed)
        images = torch.tensor(load_digits().images / 16, dtype=torch.float32).unsqueeze(1)
        images = images[torch.randperm(len(images))]
        self.train_images, self.val_images = images[:1500], images[1500:]
        self.val_noisy = self.val_images + noise * torch.randn_like(self.val_images)
        self.noise, self.batch_size = noise, batch_size

    def batches(self):
        for idx in torch.randperm(len(self.train_images)).split(self.batch_size):
            clean = self.train_images[idx]
            yield clean + self.noise * torch.randn_like(clean), clean


def fit(task, model, epochs, lr):
    criterion = nn.MSELoss()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.4)
    for epoch in range(epochs):
        model.train()
        losses = []
        for noisy, clean in task.batches():
            optimizer.zero_grad()
            loss = criterion(model(noisy), clean)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        if epoch % 4 == 3:
            model.eval()
            with torch.no_grad():
                val = criterion(model(task.val_noisy), task.val_images).item()
            print(f"epoch {epoch + 1:2d}: train mse {sum(losses) / len(losses):.5f}  val mse {val:.5f}  "
                  f"code spread {model.last_code.std(dim=0).mean():.3f}")


if __name__ == "__main__":
    task = DenoisingTask()
    fit(task, ConvAutoencoder(), epochs=16, lr=3e-3)
