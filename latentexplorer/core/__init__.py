"""The words everything else is written in: settings, events, errors, tables. No torch, no Qt, nothing of ours."""
