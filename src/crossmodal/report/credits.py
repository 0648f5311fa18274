"""What both papers' models were trained on, as model cards name it."""

MNIST = {
    "name": "MNIST",
    "use": "all images, also those in the gallery",
    "licence": "CC BY-SA 3.0",
    "source": "Y. LeCun, C. Cortes, C. Burges",
}
HIBARI = {
    "name": "hibari-tts 0.2.1, voice heart",
    "use": "the recordings of the words",
    "licence": "Apache-2.0",
    "source": "a package on PyPI",
}
