% rebase('layout', title=t('nav.users'), here='users')
% page_head(t('nav.users'), t('users.hint'))
<div id="toasts">
% if done:
%   toast(t('users.done_' + done))
% end
</div>
% fault_line(fault)
<div class="two">
% with card(t('users.everybody'), 'everybody', badge=len(everybody)):
<ul class="rows">
%   for one, until in everybody:
<li class="row user"><div><strong>{{plain(one.name, 60)}}</strong>
%     pill(t('role.' + one.role), 'good' if one.role == 'admin' else '')
%     if one.disabled:
%       pill(t('users.locked'), 'fault')
%     elif until:
%       pill(t('users.until_day', day=until), 'warn')
%     end
<p class="meta">{{t('users.own_mailbox') if one.mailbox != 1 else t('users.office_mailbox')}}</p>
%     with folded(t('users.change'), 'edit none'):
<form method="post" action="/users/{{one.id}}">
%       token_field()
<label>{{t('users.role')}}<select name="role">
%       for role in roles:
<option value="{{role}}"\\
%         if role == one.role:
 selected\\
%         end
>{{t('role.' + role)}}</option>
%       end
</select></label>
<label>{{t('users.until')}}<input type="date" name="until" value="{{until}}"></label>
<label class="tick"><input type="checkbox" name="locked" value="yes"\\
%       if one.disabled:
 checked\\
%       end
> {{t('users.lock')}}</label>
<button type="submit">{{t('form.save')}}</button>
</form>
%       if one.id != user.id:
<form method="post" action="/users/{{one.id}}/password">
%         token_field()
<label>{{t('password.new')}}<input type="password" name="password" minlength="{{shortest}}" maxlength="200" autocomplete="new-password" required></label>
<button type="submit" class="plain">{{t('users.set_password')}}</button>
</form>
%       end
%     end
</div></li>
%   end
</ul>
<p class="quiet">{{t('users.admin_sees')}}</p>
% end
% with card(t('users.add'), 'add'):
<form method="post" action="/users">
%   token_field()
%   field(t('contact.name'), 'name', name, t('first_visit.name_hint'), required=True, longest=40)
%   choice(t('users.role'), 'role', 'user', [(role, t('role.' + role)) for role in roles])
%   field(t('password.new'), 'password', hint=t('password.hint', n=shortest), kind='password', required=True, autocomplete='new-password', longest=200, minimum=shortest)
%   field(t('password.again'), 'again', kind='password', required=True, autocomplete='new-password', longest=200, minimum=shortest)
<label class="tick"><input type="checkbox" name="own" value="yes"> {{t('users.own')}}</label>
<button type="submit">{{t('users.add')}}</button>
</form>
% end
</div>
