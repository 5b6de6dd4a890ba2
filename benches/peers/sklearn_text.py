"""The linear classifier of texts in scikit-learn 1.9.1, one JSON line as `guide text classify --json` prints.

    sklearn_text.py --train train.csv --test test.csv --text-column text --label-column label [--words words|chinese|two-or-more]
        [--c 10] [--min-df 2] [--class-weight balanced] [--max-iter 1000] [--tol 1e-5]

The same features as the defaults of `guide`: word 1-2 grams and character 2-5 grams within words, sublinear counts, smooth
inverse document frequency, each part divided by its length; then LogisticRegression. Words: `words` are runs of letters and
digits, `chinese` those of jieba. The time of a prediction is the mean over texts given one by one.
"""

import argparse
import json
import re
import time

import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.pipeline import FeatureUnion


def words(kind):
    if kind == "two-or-more":
        return {}
    if kind == "chinese":
        import jieba

        jieba.initialize()
        return {"tokenizer": lambda text: [w for w in jieba.cut(text) if re.search(r"\w", w)], "token_pattern": None}
    # Each Chinese character is a word, as in the tokeniser `words`.
    return {"token_pattern": r"(?u)[\u3400-\u9fff]|[^\W\u3400-\u9fff]+"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--text-column", required=True)
    parser.add_argument("--label-column", required=True)
    parser.add_argument("--words", choices=["words", "chinese", "two-or-more"], default="words")
    parser.add_argument("--c", type=float, default=10.0)
    parser.add_argument("--min-df", type=int, default=2)
    parser.add_argument("--class-weight")
    parser.add_argument("--max-iter", type=int, default=1000)
    parser.add_argument("--tol", type=float, default=1e-5)
    parser.add_argument("--singles", type=int, default=500, help="texts that single predictions are timed on")
    args = parser.parse_args()

    def read(path):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        return table[args.text_column].tolist(), table[args.label_column].tolist()

    (train, train_labels), (test, test_labels) = read(args.train), read(args.test)
    tokens = words(args.words)
    common = {"sublinear_tf": True, "min_df": args.min_df}
    features = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), **common, **tokens)),
            ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **common)),
        ]
    )
    start, start_cpu = time.perf_counter(), time.process_time()
    rows = features.fit_transform(train).tocsr()
    feature_s = time.perf_counter() - start
    regression = LogisticRegression(
        C=args.c, tol=args.tol, max_iter=args.max_iter, class_weight=args.class_weight
    )
    regression.fit(rows, train_labels)
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
    start = time.perf_counter()
    test_rows = features.transform(test)
    predicted = regression.predict(test_rows)
    test_s = time.perf_counter() - start
    singles = test[: args.singles]
    start, start_cpu = time.perf_counter(), time.process_time()
    for text in singles:
        regression.predict_proba(features.transform([text]))
    predict_us = (time.perf_counter() - start) / len(singles) * 1e6
    predict_cpu_us = (time.process_time() - start_cpu) / len(singles) * 1e6
    known = [place for place, label in enumerate(test_labels) if label in set(regression.classes_)]
    print(
        json.dumps(
            {
                "model": "sklearn-linear",
                "accuracy": accuracy_score(test_labels, predicted),
                "macro_f1": f1_score(test_labels, predicted, average="macro"),
                "seconds": seconds,
                "predict_us": predict_us,
                "log_loss": log_loss(
                    [test_labels[place] for place in known],
                    regression.predict_proba(test_rows[known]),
                    labels=regression.classes_,
                ),
                "n_train": len(train),
                "n_test": len(test),
                "labels": len(regression.classes_),
                "features": rows.shape[1],
                "feature_s": feature_s,
                "regression_s": seconds - feature_s,
                "iterations": int(max(regression.n_iter_)),
                "test_s": test_s,
                "cpu_s": cpu_s,
                "predict_cpu_us": predict_cpu_us,
            }
        )
    )


if __name__ == "__main__":
    main()
