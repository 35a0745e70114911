"""Who writes: name, company, ИНН, phones, addresses and Telegram of the customer, never ours."""
