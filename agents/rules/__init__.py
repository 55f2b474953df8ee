"""Rules of the packs: what in a message calls for a person, a script, a disclaimer."""
