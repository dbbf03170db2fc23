"""What more than one pane is built of."""
