"""word2vec in gensim 4.4 on a text, one JSON line; the vectors go to a file in the text format of the C program.

    gensim_words.py --corpus text.txt --model skip-gram|cbow --out vectors.txt [--tree] [--epochs 5] [--threads 2]

The parameters that are not named here are gensim's defaults, which are those of `guide words train` too: 100 numbers a word, window 5, 5 negatives, words met
5 times. A text of a single line is cut into sentences of 10,000 words, as gensim always does.
"""

import argparse
import json
import resource
import time

from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--model", choices=["skip-gram", "cbow"], required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--tree", action="store_true", help="hierarchical softmax in place of negatives")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    sentences = LineSentence(args.corpus)
    model = Word2Vec(
        sg=int(args.model == "skip-gram"),
        hs=int(args.tree),
        negative=0 if args.tree else 5,
        workers=args.threads,
        seed=args.seed,
    )
    model.build_vocab(sentences)
    start = time.perf_counter()
    model.train(sentences, total_examples=model.corpus_count, epochs=args.epochs)
    seconds = time.perf_counter() - start
    model.wv.save_word2vec_format(args.out)
    # The words of the vocabulary, as `guide` counts them.
    words = args.epochs * sum(int(model.wv.get_vecattr(word, "count")) for word in model.wv.index_to_key)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"words": words, "vocab": len(model.wv), "seconds": seconds, "words_per_s": words / seconds, "peak_mb": peak}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
