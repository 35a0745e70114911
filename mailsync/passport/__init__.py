"""The digital passport («Цифровой паспорт»): customers' machines, kept in step with AmoCRM."""
