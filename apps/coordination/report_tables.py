def report_tables(s): return ()
