"""Accept, lane, floor, deliver, media: a message from the platform's 200 to the reply's receipt."""
