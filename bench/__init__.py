"""Speed against yardsticks measured in the same run."""
