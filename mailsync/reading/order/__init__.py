"""What a letter asks for: who writes, about which machine, and which lines are ordered (order-contract, Fields)."""
