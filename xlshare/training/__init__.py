"""Fine-tuning, retraining on changed data, and the baselines to beat. Needs torch."""
