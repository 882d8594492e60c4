"""Other tokens for a place come of the corpus, of the embeddings and of masked language models."""

import numpy as np
import pytest
import torch
import transformers
from families import FAMILIES, save
from tiny import sentences, write_tokenizer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from nrag.neurons.augmentation import from_all, nearest_embeddings, seen_between
from nrag.neurons.masked_models import LEAST, mlm_substitutes
from nrag.neurons.reading import frame_by
from nrag.neurons.tracing import TRIED

ENCODERS = [family for family in FAMILIES if family.head == "AutoModelForMaskedLM"]


def at(*places):
    """Windows of three tokens: one with its neighbours, given as (token, before, after)."""
    return np.array([[before, token, after] for token, before, after in places]), np.ones(len(places), dtype=int)


def test_tokens_near_in_the_model_and_between_the_same_neighbours():
    embeddings = torch.tensor([[1.0, 0], [0, 1], [0.9, 0.1], [0.7, 0.7], [-1, 0]])
    near = nearest_embeddings(embeddings, np.array([0, 1, 2, 4]), number=2)
    assert near(*at((0, -1, -1), (4, 1, 1), (0, 5, 5))) == [[2, 1], [1, 2], [2, 1]]
    texts = [np.array([1, 7, 2, 7, 1, 8, 2]), np.array([1, 8, 2, 1, 9, 2]), np.array([3])]
    between = seen_between(texts, number=2)
    # Between 1 and 2: 8 twice, 7 and 9 once.
    found = between(*at((7, 1, 2), (8, 1, 2), (7, -1, 2), (7, 2, 1), (5, 9, 9)))
    assert found == [[8, 9], [7, 9], [], [], []]


def test_sources_take_turns_until_enough_are_found():
    asked = []

    def source(*tokens):
        def candidates(windows, columns):
            asked.append((windows.tolist(), columns.tolist()))
            return [list(tokens)] * len(columns)

        return candidates

    neighbours = np.array([[-1, 5, 6, 7, 8]])
    candidates = from_all([source(1, 2, 3), source(4, 1), source()], neighbours)
    assert candidates([], []) == []
    assert candidates([0, 0], [0, 2]) == [[1, 4, 2, 3]] * 2
    # The window has one token more at either end than the example's own.
    assert asked[0] == ([[-1, 5, 6, 7, 8]] * 2, [1, 3])
    assert len(from_all([source(*range(20))], neighbours)([0], [1])[0]) == TRIED


def tokenizer_of(folder):
    return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)


def with_mask(folder):
    """The folder, its tokenizer with a token that masks."""
    tokenizer = tokenizer_of(folder)
    tokenizer.add_special_tokens({"mask_token": "[MASK]"})
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(params=ENCODERS, ids=[family.name for family in ENCODERS])
def masked(request, tmp_path):
    return with_mask(request.param.write(tmp_path / "m", head=True))


def windows_of_texts(tokenizer, number=6):
    texts = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in sentences("sea", number, seed=4)]
    width = max(map(len, texts)) + 2
    windows = np.array([[-1, *ids, *[-1] * (width - 1 - len(ids))] for ids in texts])
    return windows, np.array([1 + place % len(ids) for place, ids in enumerate(texts)])


def test_a_masked_model_says_what_it_finds_probable_whatever_is_asked_beside_it(masked):
    tokenizer = tokenizer_of(masked)
    windows, columns = windows_of_texts(tokenizer)
    source = mlm_substitutes(masked, tokenizer, number=4)
    found = source(windows, columns)
    network = transformers.AutoModelForMaskedLM.from_pretrained(masked).eval()
    frame = frame_by(tokenizer)
    for window, column, tokens in zip(windows, columns, found, strict=True):
        row = window.copy()
        row[column] = tokenizer.mask_token_id
        ids = [*frame.before, *row[row >= 0].tolist(), *frame.after]
        with torch.inference_mode():
            logits = network(input_ids=torch.tensor([ids])).logits[0, ids.index(tokenizer.mask_token_id)]
        chance = logits.softmax(0)
        chance[tokenizer.all_special_ids] = 0
        # The head has more rows than the tokenizer has tokens.
        assert len(chance) > len(tokenizer)
        chance[len(tokenizer) :] = 0
        assert int(window[column]) not in tokens
        expected = [token for token in chance.argsort(descending=True).tolist() if token != window[column]]
        assert tokens == [token for token in expected if chance[token] >= LEAST][:4]
    assert [source(windows[[place]], columns[[place]])[0] for place in range(len(columns))] == found


def test_a_checkpoint_without_a_head_proposes_nothing(tiny_bert, tiny_llama, tmp_path):
    for folder in (tiny_bert, tiny_llama):
        assert mlm_substitutes(folder, tokenizer_of(folder), number=4) is None
    decoder = next(family for family in FAMILIES if family.name == "GPT-NeoX").write(tmp_path / "d", head=True)
    assert mlm_substitutes(decoder, tokenizer_of(decoder), number=4) is None
    # A head of which a part is missing would be random numbers.
    family = ENCODERS[0]
    network = family.made(head=True)
    weights = {name: each for name, each in network.state_dict().items() if "transform.dense" not in name}
    network.save_pretrained(tmp_path / "part", state_dict=weights)
    with_mask(family.write_tokenizer(tmp_path / "part"))
    assert mlm_substitutes(tmp_path / "part", tokenizer_of(tmp_path / "part"), number=4) is None


def saying(folder, words):
    """A masked model that finds the first of some words most probable everywhere, then the second, and so on."""
    network = next(family for family in FAMILIES if family.name == "BERT").made(head=True)
    write_tokenizer(folder, special=True)
    tokenizer = tokenizer_of(with_mask(folder))
    with torch.no_grad():
        head = network.cls.predictions
        head.transform.LayerNorm.weight.zero_()
        head.transform.LayerNorm.bias.zero_()
        head.bias.fill_(-20)
        for place, word in enumerate(words):
            (token,) = tokenizer(word, add_special_tokens=False)["input_ids"]
            head.bias[token] = 5.0 - place
    save(network, folder)
    return tokenizer


def test_a_head_set_by_hand_says_its_words_but_not_the_one_that_is_there(tmp_path):
    tokenizer = saying(tmp_path / "m", ["whale", "reef", "tide"])
    source = mlm_substitutes(tmp_path / "m", tokenizer, number=5)
    ids = tokenizer("the reef of coral", add_special_tokens=False)["input_ids"]
    names = {word: tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in ("whale", "reef", "tide")}
    windows = np.array([[-1, *ids, -1]] * 2)
    # Of coral all three; of the reef the two others. The rest is less probable than `LEAST`.
    assert source(windows, np.array([4, 2])) == [list(names.values()), [names["whale"], names["tide"]]]


def test_words_of_another_vocabulary_are_those_that_are_one_token_of_the_model(tmp_path):
    saying(tmp_path / "m", ["whale", "reef", "tide"])
    vocabulary = ["<unk>", "the", "of", "coral", "tide", "whale", "wh", "##ale", "re", "##ef"]
    other = Tokenizer(models.WordPiece({word: place for place, word in enumerate(vocabulary)}, unk_token="<unk>"))
    other.pre_tokenizer = pre_tokenizers.Whitespace()
    other.decoder = decoders.WordPiece()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=other, unk_token="<unk>")
    source = mlm_substitutes(tmp_path / "m", tokenizer, number=5)
    ids = tokenizer("the reef of coral")["input_ids"]
    assert [vocabulary[token] for token in ids] == ["the", "re", "##ef", "of", "coral"]
    windows = np.array([[-1, *ids, -1]] * 3)
    # reef is two tokens of this vocabulary; and a part of a word has no substitute.
    assert source(windows, np.array([5, 2, 3])) == [[vocabulary.index("whale"), vocabulary.index("tide")], [], []]
