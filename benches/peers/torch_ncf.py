"""The owner's NCF in PyTorch 2.15.0 on a file of ratings, one JSON line: embeddings of 32, a hidden layer of 64, batches of 256, dense Adam."""

import argparse
import json
import time

import torch

import ncf_data


class Ncf(torch.nn.Module):
    def __init__(self, n_users, n_items, n_factors=32, hidden=64):
        super().__init__()
        self.users = torch.nn.Embedding(n_users, n_factors)
        self.items = torch.nn.Embedding(n_items, n_factors)
        for table in (self.users, self.items):
            torch.nn.init.uniform_(table.weight, -0.05, 0.05)
        self.hidden = torch.nn.Linear(2 * n_factors, hidden)
        self.out = torch.nn.Linear(hidden, 1)

    def forward(self, users, items):
        x = torch.cat([self.users(users), self.items(items)], dim=1)
        return self.out(torch.relu(self.hidden(x))).squeeze(1)


def main():
    args = ncf_data.arguments(argparse.ArgumentParser())
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    train, test, n_users, n_items = ncf_data.load(args.train, args.test)
    users, items, ratings = (torch.from_numpy(column[: args.limit or None]) for column in train)
    net = Ncf(n_users, n_items)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    n = len(ratings)
    start = time.perf_counter()
    for _ in range(args.epochs):
        order = torch.randperm(n)
        for batch in order.split(args.batch):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(net(users[batch], items[batch]), ratings[batch])
            loss.backward()
            optimizer.step()
    seconds = time.perf_counter() - start
    with torch.no_grad():
        predictions = net(torch.from_numpy(test[0]), torch.from_numpy(test[1])).numpy()
    result = {"algo": "torch-ncf", "rmse": ncf_data.rmse(predictions, test[2])}
    print(json.dumps({**result, "ratings_per_s": n * args.epochs / seconds, "epochs": args.epochs}))


if __name__ == "__main__":
    main()
