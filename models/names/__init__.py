"""Names that were typed and never recorded: a pretrained decoder says how likely each is, given what was heard."""
