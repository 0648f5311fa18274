"""Real inputs (MNIST, Wikipedia, spoken words) and the images composed from them."""
