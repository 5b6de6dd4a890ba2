"""Zaremba's small language model in PyTorch 2.15.0 on a text of one sentence a line, one JSON line an epoch.

Two LSTM layers of 200, words' vectors of 200, full softmax, batches of 20 sequences and 20 steps, plain SGD of 1 with the loss summed over
the steps, gradients clipped at 5.
"""

import argparse
import gzip
import json
import math
import time

import torch


def words(path, limit=0):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as lines:
        text = []
        for number, line in enumerate(lines):
            if limit and number >= limit:
                break
            text += line.split() + ["<eos>"]
        return text


class Model(torch.nn.Module):
    def __init__(self, n_words, width=200, layers=2):
        super().__init__()
        self.embedding = torch.nn.Embedding(n_words, width)
        self.rnn = torch.nn.LSTM(width, width, layers)
        self.output = torch.nn.Linear(width, n_words)
        for parameter in self.parameters():
            torch.nn.init.uniform_(parameter, -0.1, 0.1)

    def forward(self, x, state):
        y, state = self.rnn(self.embedding(x), state)
        return self.output(y), state


def batches(ids, batch):
    length = len(ids) // batch
    return torch.tensor(ids[: batch * length]).view(batch, length).t().contiguous()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", required=True)
    parser.add_argument("--valid")
    parser.add_argument("--lines", type=int, default=0, help="lines of the training text to read; 0 for all")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--adam", action="store_true", help="Adam of 1e-3 without clipping in place of SGD")
    parser.add_argument("--words", type=int, default=0, help="size of the output layer; 0 for the words of the text")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    train = words(args.train, args.lines)
    known = {word: number for number, word in enumerate(dict.fromkeys(train))}
    unknown = known.get("<unk>", 0)
    data = batches([known[word] for word in train], 20)
    valid = batches([known.get(word, unknown) for word in words(args.valid)], 20) if args.valid else None
    model = Model(max(args.words, len(known)), layers=args.layers)
    loss_of = torch.nn.CrossEntropyLoss(reduction="sum")
    rate = 1.0
    adam = torch.optim.Adam(model.parameters(), 1e-3) if args.adam else None
    for epoch in range(1, args.epochs + 1):
        rate *= 0.5 if epoch > 4 else 1.0
        optimizer = adam or torch.optim.SGD(model.parameters(), rate)
        state, total, count, started = None, 0.0, 0, time.perf_counter()
        for start in range(0, len(data) - 1, 20):
            x = data[start : min(start + 20, len(data) - 1)]
            y = data[start + 1 : start + 1 + len(x)]
            if state is not None:
                state = tuple(part.detach() for part in state)
            optimizer.zero_grad()
            logits, state = model(x, state)
            loss = loss_of(logits.flatten(0, 1), y.flatten()) / 20
            loss.backward()
            if not args.adam:
                torch.nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimizer.step()
            total += loss.item() * 20
            count += y.numel()
        seconds = time.perf_counter() - started
        row = {"peer": "torch", "epoch": epoch, "train_ppl": math.exp(total / count), "tokens_per_s": count / seconds}
        if valid is not None:
            with torch.no_grad():
                logits_loss, state = 0.0, None
                for start in range(0, len(valid) - 1, 20):
                    x = valid[start : min(start + 20, len(valid) - 1)]
                    y = valid[start + 1 : start + 1 + len(x)]
                    logits, state = model(x, state)
                    logits_loss += loss_of(logits.flatten(0, 1), y.flatten()).item()
            row["valid_ppl"] = math.exp(logits_loss / ((len(valid) - 1) * 20))
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
