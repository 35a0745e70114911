"""What AmoCRM tells us of by itself: webhooks, its log, and what follows from them."""
