"""Questions asked of a trained model: arrays in, arrays out, everything seeded."""
