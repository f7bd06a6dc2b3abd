"""The harness that proves the wall: every route, every kind of account, every object.

``world`` builds a small province in which every text is a canary, ``oracle`` says from the notice
alone who may do what, ``registry`` says how each route is used, ``runner`` asks and watches.
"""
