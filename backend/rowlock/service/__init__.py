"""What the product does, told through ports."""
