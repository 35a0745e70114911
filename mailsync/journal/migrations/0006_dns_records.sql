-- What a look at the DNS saw published, by kind of record, so that a change is told. Looks before this one knew nothing.
ALTER TABLE dns_look ADD COLUMN records TEXT NOT NULL DEFAULT '{}';
