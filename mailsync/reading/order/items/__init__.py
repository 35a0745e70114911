"""What is ordered: lines, sentences and tables read into items."""
