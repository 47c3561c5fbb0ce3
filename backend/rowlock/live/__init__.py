"""The sockets: events pushed in order to those who may see them, commands taken and always answered."""
