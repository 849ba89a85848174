"""Writers of facts in other formats, one module per format."""
