"""What an incident touched: the ways by which data moved, the classes that were held, whom the law wants told and until when."""
