"""What happens in a market: awards, deliveries, payments, loans."""
