-- Letters that are planned and have not gone out count under the caps: there may be hundreds while SMTP is away.
CREATE INDEX effect_letter_planned ON effect (address) WHERE state = 'planned' AND address IS NOT NULL;
