"""An import: checked, merged with what is stored, derived columns added, manifest replaced."""
