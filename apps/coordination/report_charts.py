def report_charts(s): return ()
