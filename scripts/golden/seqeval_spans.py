"""Golden span scores of nlp-rnn, made with seqeval 1.2.2: strict IOB2 and the default (conlleval's) reading.

    python scripts/golden/seqeval_spans.py > crates/nlp-rnn/tests/golden/seqeval.json
"""

import importlib.metadata
import json
import random
import warnings

from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

warnings.filterwarnings("ignore")
draw = random.Random(22)


def sentence(tags, n):
    """Runs of tags, so that there are spans, with breaches of IOB2 among them."""
    row = []
    while len(row) < n:
        row += [draw.choice(tags)] * draw.choice([1, 1, 2])
    return row[:n]


def noisy(tags, row, share):
    return [draw.choice(tags) if draw.random() < share else tag for tag in row]


def numbers(report):
    keep = lambda row: [row["precision"], row["recall"], row["f1-score"], int(row["support"])]
    return {name: keep(row) for name, row in report.items()}


def case(tags, n_sentences, share):
    truth = [sentence(tags, draw.randrange(1, 9)) for _ in range(n_sentences)]
    found = [noisy(tags, row, share) for row in truth]
    both = {"truth": truth, "found": found}
    arguments = dict(output_dict=True, zero_division=0)
    both["default"] = numbers(classification_report(truth, found, **arguments))
    both["strict"] = numbers(classification_report(truth, found, mode="strict", scheme=IOB2, **arguments))
    return both


few = ["O", "B-a", "I-a"]
many = ["O", "O", "B-color", "I-color", "B-brand", "I-brand", "B-from.city_name", "I-from.city_name"]
print(json.dumps({
    "made_with": f"seqeval {importlib.metadata.version('seqeval')}",
    "cases": [
        case(few, 12, 0.3),
        case(many, 40, 0.2),
        case(many, 40, 0.6),
        case(["O", "B-a", "I-a", "I-b"], 30, 0.4),
        case(["B-a", "I-a", "B-b", "I-b"], 30, 0.1),
    ],
}))
