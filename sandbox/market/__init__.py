"""What happens in a market: firms, awards, deliveries, payments, conduct."""
