def summarise(s,o): return {}
