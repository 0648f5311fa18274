import torch
import torch.nn.functional as F

from crossmodal.data.skipmodal.batches import Texts
from crossmodal.data.skipmodal.symbols import pad, to_symbols
from crossmodal.models.skipmodal.word_detection import WordDetector

WORDS = ("red", "seven", "o'clock")


def make_texts(*texts: str) -> Texts:
    symbols = [to_symbols(text) for text in texts]
    return Texts(torch.tensor(pad(symbols)), torch.tensor([len(each) for each in symbols]))


def test_a_word_is_said_where_one_real_place_says_it():
    detector, places = WordDetector(4, WORDS), torch.randn(2, 5, 4)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]])
    scores = detector(places, mask)
    for item, count in enumerate((5, 2)):
        torch.testing.assert_close(scores[item], detector.dense(places[item, :count]).amax(0))
    torch.testing.assert_close(detector(places), detector(places, torch.ones(2, 5)))


def test_the_loss_is_binary_cross_entropy_of_the_words_that_are_said():
    detector, scores = WordDetector(4, WORDS), torch.randn(3, 3)
    texts = make_texts("a Red seven, not eleven", "redder", "at three o'clock")
    said = torch.tensor([[1.0, 1, 0], [0, 0, 0], [0, 0, 1]])
    expected = F.binary_cross_entropy_with_logits(scores, said) * 3
    torch.testing.assert_close(detector.loss(scores, texts), expected)


def test_the_gradient_goes_to_the_place_that_says_it_most():
    detector, places = WordDetector(4, WORDS), torch.randn(2, 5, 4, requires_grad=True)
    scores = detector(places)
    places_of = detector.dense(places)[..., 1].argmax(1)
    (gradient,) = torch.autograd.grad(scores[:, 1].sum(), places)
    expected = F.one_hot(places_of, 5).bool()
    assert torch.equal(gradient.abs().sum(2) > 0, expected)


def test_words_are_found_in_places_from_sentences_alone():
    marks = torch.eye(4)
    places = torch.stack([marks[[3, 0, 3]], marks[[3, 3, 1]], marks[[1, 3, 0]], marks[[3, 3, 3]]])
    texts = make_texts("red", "a seven", "seven and red", "none of them")
    detector = WordDetector(4, WORDS)
    torch.nn.init.zeros_(detector.dense.weight)  # no mark is the first guess for a word
    optimizer = torch.optim.Adam(detector.parameters(), 0.1)
    for _ in range(400):
        loss = detector.loss(detector(places), texts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = detector.dense(marks).sigmoid()
    assert found[0, 0] > 0.9 > 0.1 > found[0, 1]
    assert found[1, 1] > 0.9 > 0.1 > found[1, 0]
    assert (found[3] < 0.1).all()
