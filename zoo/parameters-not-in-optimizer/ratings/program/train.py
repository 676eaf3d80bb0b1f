"""Factorise a table of ratings."""
import csv
import fnmatch
import json

import torch
from torch import nn


class Factorisation(nn.Module):
    def __init__(self, viewers, films, rank):
        super().__init__()
        self.global_mean = nn.Parameter(torch.tensor(0.0))
        self.viewer_bias = nn.Embedding(viewers, 1)
        self.film_bias = nn.Embedding(films, 1)
        self.viewer_factors = nn.Embedding(viewers, rank)
        self.film_factors = nn.Embedding(films, rank)
        for table in (self.viewer_bias, self.film_bias):
            nn.init.zeros_(table.weight)
        for table in (self.viewer_factors, self.film_factors):
            nn.init.normal_(table.weight, std=0.3)

    def forward(self, viewer, film):
        biases = self.viewer_bias(viewer) + self.film_bias(film)
        match = (self.viewer_factors(viewer) * self.film_factors(film)).sum(1, keepdim=True)
        return self.global_mean + biases + match


def read(path):
    rows = list(csv.DictReader(open(path)))
    viewers = {name: i for i, name in enumerate(dict.fromkeys(r["viewer"] for r in rows))}
    films = {name: i for i, name in enumerate(dict.fromkeys(r["film"] for r in rows))}
    viewer = torch.tensor([viewers[r["viewer"]] for r in rows])
    film = torch.tensor([films[r["film"]] for r in rows])
    rating = torch.tensor([float(r["rating"]) for r in rows])
    return viewer, film, rating, len(viewers), len(films)


def free(model, fixed):
    patterns = [f"*{word}*" for word in fixed]
    return [p for name, p in model.named_parameters() if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]


def rmse(model, viewer, film, rating):
    model.eval()
    with torch.inference_mode():
        error = model(viewer, film).squeeze(1) - rating
    model.train()
    return error.pow(2).mean().sqrt().item()


if __name__ == "__main__":
    config = json.load(open("ratings.json"))
    torch.manual_seed(19)
    viewer, film, rating, viewers, films = read("ratings.csv")
    cut = int(0.9 * len(rating))
    held = viewer[cut:], film[cut:], rating[cut:] - 3.5
    viewer, film, rating = viewer[:cut], film[:cut], rating[:cut] - 3.5

    model = Factorisation(viewers, films, config["rank"])
    optimizer = torch.optim.Adam(free(model, config["fixed"]), lr=config["rate"], betas=(0.9, 0.99), weight_decay=1e-5)
    criterion = nn.MSELoss(reduction="mean")
    print(f"{viewers} viewers, {films} films, {cut} ratings; rmse before {rmse(model, *held):.3f}")
    order = torch.randperm(cut)
    for sweep in range(config["passes"]):
        squared = 0.0
        for rows in order.split(config["batch"]):
            prediction = model(viewer[rows], film[rows])
            loss = criterion(prediction, rating[rows].unsqueeze(1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            squared += loss.detach() * len(rows)
        print(f"pass {sweep + 1}: train rmse {(squared / cut).sqrt():.3f}  held-out rmse {rmse(model, *held):.3f}")
