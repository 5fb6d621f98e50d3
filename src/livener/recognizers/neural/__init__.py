"""What the neural recognizers share: windows, batches, decoding, training, and running without torch."""
