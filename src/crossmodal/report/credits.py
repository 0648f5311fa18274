"""Whose work both papers' models were trained on, as model cards name it; each adds its use."""

MNIST = {
    "name": "MNIST",
    "licence": "CC BY-SA 3.0",
    "source": "Y. LeCun, C. Cortes, C. Burges",
}
HIBARI = {
    "name": "hibari-tts 0.2.1, voice heart",
    "licence": "Apache-2.0",
    "source": "a package on PyPI",
}
