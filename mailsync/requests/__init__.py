"""Requests from the site, the bot, the cart and the Mini App: schema, reading, plan."""
