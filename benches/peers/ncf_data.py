"""Arguments and ratings of the NCF peers: two files of `user<tab>item<tab>rating`, the same that `guide` reads."""

import numpy as np


def arguments(parser):
    parser.add_argument("--train", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--limit", type=int, default=0, help="train on the first so many ratings only")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def load(train, test):
    """Columns of users, items and ratings of both files, and how many users and items there are."""
    parts = [np.loadtxt(path, delimiter="\t", usecols=(0, 1, 2)) for path in (train, test)]
    both = np.concatenate(parts)
    users, items = np.unique(both[:, 0]), np.unique(both[:, 1])
    columns = [
        (
            np.searchsorted(users, part[:, 0]),
            np.searchsorted(items, part[:, 1]),
            part[:, 2].astype(np.float32),
        )
        for part in parts
    ]
    return *columns, len(users), len(items)


def rmse(predictions, ratings):
    clipped = np.clip(predictions, 1.0, 5.0)
    return float(np.sqrt(np.mean((clipped - ratings) ** 2)))
