"""TF-IDF of scikit-learn 1.9.1 on a few texts, for crates/nlp-embed/src/tfidf/tests.rs.

    pip install scikit-learn==1.9.1
    python scripts/golden/sklearn_tfidf.py > crates/nlp-embed/tests/golden/sklearn_tfidf.json
"""

import json

from sklearn.feature_extraction.text import TfidfVectorizer

TEXTS = [
    "A warm, warm coat: size 38, made of Wool!",
    "the coat is   not warm;\tI sent it back",
    "Red wool hat. Red wool scarf. red RED",
    "an x-ray of 3 hats_and a coat",
    "",
    "这件 外套 很 暖和 coat",
]

CASES = [
    {},
    {"sublinear_tf": True, "ngram_range": [1, 2]},
    {"smooth_idf": False, "min_df": 2},
    {"use_idf": False, "norm": None, "max_df": 0.4},
    {"analyzer": "char_wb", "ngram_range": [2, 5], "sublinear_tf": True},
    {"analyzer": "char_wb", "ngram_range": [5, 7]},
    {"analyzer": "char", "ngram_range": [1, 3], "min_df": 2},
    {"analyzer": "char", "ngram_range": [2, 4], "lowercase": False, "max_df": 0.5},
]

cases = []
for case in CASES:
    arguments = dict(case)
    if "ngram_range" in arguments:
        arguments["ngram_range"] = tuple(arguments["ngram_range"])
    vectorizer = TfidfVectorizer(**arguments)
    rows = vectorizer.fit_transform(TEXTS).tocsr()
    rows.sort_indices()
    terms = vectorizer.get_feature_names_out()
    some = [0, len(terms) // 3, 2 * len(terms) // 3, len(terms) - 1]
    cases.append(
        {
            "params": case,
            "n_features": len(terms),
            "terms": {str(place): terms[place] for place in some},
            "rows": [
                {
                    "n": int(rows[row].nnz),
                    "columns": rows[row].indices[:12].tolist(),
                    "values": [round(float(value), 7) for value in rows[row].data[:12]],
                    "sum": round(float(rows[row].data.sum()), 6),
                }
                for row in range(len(TEXTS))
            ],
        }
    )
print(json.dumps({"texts": TEXTS, "cases": cases}, ensure_ascii=False))
