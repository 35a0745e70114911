"""What a manager sees in a browser: the board, the cards, the contacts. Works without JavaScript."""
