"""Train latent-variable models of images and explore what they learn."""
